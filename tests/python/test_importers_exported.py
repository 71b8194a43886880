"""Exported programs (.pt2, .pte) and files of the JAX backend (.hlo) hold the model dictionary; no code is read."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from dpmd import _core
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp, write_hlo
from model_files.every_format import same_networks
from model_files.exported_files import EXPORT, FORMERLY, NOW, write_pt2
from model_files.parts import embedding_of, environment_of, fitting_of
from model_files.toy_model import Toy, compress, model_dict

NLIST = {"lower_input_kind": "nlist", "type_map": ["O", "H"]}


@pytest.mark.parametrize("folder", [NOW, FORMERLY, EXPORT])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("metadata", [None, NLIST])
def test_the_model_is_found_wherever_releases_have_kept_it(tmp_path, folder, method, metadata):
    model = model_dict(Toy(n_fparam=1))
    expected = import_model(write_dp(tmp_path / "m.dp", model))

    spec = import_model(write_pt2(tmp_path / "m.pte", model, folder, metadata, compression=method))

    assert spec.source.format == "exported-program" and spec.source.version == "3.1.0"
    assert spec.type_map == ["O", "H"] and np.array_equal(environment_of(spec).scale, environment_of(expected).scale)
    assert same_networks(embedding_of(spec).networks[1][0], embedding_of(expected).networks[1][0])
    assert same_networks(fitting_of(spec).networks[1], fitting_of(expected).networks[1])
    assert np.array_equal(fitting_of(spec).fparam_shift, fitting_of(expected).fparam_shift)


def test_tables_of_a_compressed_program_are_kept(tmp_path):
    model = model_dict(Toy())
    compress(model)

    spec = import_model(write_pt2(tmp_path / "m.pt2", model))

    stored = model["descriptor"]["compress"]["@variables"]["compress_data"]
    assert np.array_equal(embedding_of(spec).networks[0][1].table.coefficients, stored[2])


def test_the_outermost_dictionary_is_the_model(tmp_path):
    path = write_pt2(tmp_path / "m.pt2", model_dict(Toy()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model/data/inner/extra/model.json", "{}")

    assert import_model(path).type_map == ["O", "H"]


def archive_of(path, **texts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"m/extra/{name}.json", text if isinstance(text, (str, bytes)) else json.dumps(text))
    return path


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"model": {}}, "no 'model' section; is it a DeePMD-kit model"),
        ({"model": "[]"}, r"model\.json: expected a mapping, found list"),
        ({"model": '{"model": {'}, r"model\.json: not readable as JSON"),
        ({"model": b'{"model": "\xff"}'}, r"model\.json: not readable as JSON"),
        ({"model": {}, "model_def_script": {"descriptor": {"type": "dpa3"}}}, r"the descriptor dpa3 \(DPA-3\) is not"),
        ({"model": {"model": {"type": "spin_ener"}}}, "a spin model is not supported"),
    ],
)
def test_texts_that_are_no_model_are_refused(tmp_path, texts, message):
    with pytest.raises(InputError, match=rf"m\.pt2: .*{message}"):
        import_model(archive_of(tmp_path / "m.pt2", **texts))


@pytest.mark.parametrize("kind", ["graph", "dpa1_canonical", "dpa9_canonical"])
def test_a_program_of_another_function_is_refused(tmp_path, kind):
    path = write_pt2(tmp_path / "m.pt2", model_dict(Toy()), metadata={"lower_input_kind": kind})

    with pytest.raises(InputError, match=rf"a program that takes '{kind}' \(lower_input_kind\) for se_e2_a is not"):
        import_model(path)


@pytest.mark.parametrize("name", ["model/data/aotinductor/model/m.so", "serialized_exported_program.json"])
def test_a_program_without_a_model_says_so(tmp_path, name):
    path = tmp_path / "m.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"\x7fELF")

    with pytest.raises(InputError, match=r"without DeePMD-kit's model in it .*give the model that it was made from"):
        import_model(path)


def test_a_program_that_is_no_energy_model_is_refused_by_its_kind(shared):
    with pytest.raises(InputError, match=r"descriptor dpa4c \(DPA4C\) is not supported; dpmd runs se_e2_a"):
        import_model(shared / "models" / "dpa" / "dpa4c_c8l3m2.pt2")


@pytest.mark.parametrize("suffix", [".hlo", ".jax"])
def test_programs_beside_a_model_of_jax_are_not_read(tmp_path, suffix):
    model = model_dict(Toy())
    expected = import_model(write_dp(tmp_path / "m.dp", model))
    path = write_hlo(tmp_path / f"m{suffix}", model)

    spec = import_model(path)

    assert _core.file_format(path.read_bytes(), str(path)) == "dpmodel-hdf5"
    assert same_networks(embedding_of(spec).networks[0][1], embedding_of(expected).networks[0][1])


def test_a_folder_of_jax_is_refused_with_a_remedy(tmp_path):
    (tmp_path / "m.jax").mkdir()

    with pytest.raises(InputError, match=r"m\.jax: a directory; convert it with DeePMD-kit: dp convert-backend m\.jax"):
        import_model(tmp_path / "m.jax")
