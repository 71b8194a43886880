"""The descriptors se_atten and se_atten_v2 (DPA-1) in every format of DeePMD-kit.

One set of weights is three functions there. The dense one has lists with slots, and empty slots count. The graph one
has none, and no neighbour is left out. TensorFlow's has slots, and a switch and an attention of its own. The file says
which is meant: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import replace

from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.se_atten_checkpoint import section_of_checkpoint
from dpmd.importers.se_atten_graph import from_graph, graph_sel
from dpmd.importers.se_atten_module import section_of_module
from dpmd.importers.se_atten_section import from_section

SE_ATTEN = DescriptorReader(
    name="se_atten",
    from_section=from_section,
    graph_sel=graph_sel,
    from_graph=from_graph,
    torch_class="DescrptDPA1",
    lower_inputs=("nlist", "graph"),
    torch_block="se_atten",
    module_section=section_of_module,
    checkpoint_section=section_of_checkpoint,
)
SE_ATTEN_V2 = replace(SE_ATTEN, name="se_atten_v2", torch_class="DescrptSeAttenV2")
