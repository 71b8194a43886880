"""The exceptions of dpmd. The classes live in the compiled core: C++ and Python raise the same objects.

- ``Error``: the base class of all the others.
- ``InputError`` (also a ``ValueError``): the caller can fix it: a bad value, a bad file, an
  unsupported model.
- ``DeviceError``: a device or backend is missing or has failed.
- ``RankError``: another rank has failed, or the ranks cannot talk to each other.
- ``InternalError``: a defect of dpmd itself.
"""

from dpmd._core import DeviceError, Error, InputError, InternalError, RankError

__all__ = ["DeviceError", "Error", "InputError", "InternalError", "RankError"]
