"""Checkpoints (.pt) of both PyTorch backends: names of tensors, settings that are not there, heads."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.checkpoint_files import named, settings_of, tensors_of, write_multitask, write_pt, write_state
from model_files.dpmodel_files import write_dp
from model_files.every_format import WRITERS, same_networks
from model_files.parts import descriptor_of, embedding_of, environment_of, fitting_of
from model_files.toy_model import Toy, model_dict

both_backends = pytest.mark.parametrize("exportable", [False, True])


def same_models(left, right):
    d, e = embedding_of(left), embedding_of(right)
    f, g = fitting_of(left), fitting_of(right)
    rows = zip(d.networks, e.networks, strict=True)
    return (
        all(same_networks(a, b) for row in rows for a, b in zip(*row, strict=True))
        and all(map(same_networks, f.networks, g.networks))
        and np.array_equal(f.energy_shift, g.energy_shift)
        and np.array_equal(environment_of(left).shift, environment_of(right).shift)
        and np.array_equal(environment_of(left).scale, environment_of(right).scale)
    )


# Names of tensors ---------------------------------------------------------------------------------


@both_backends
@pytest.mark.parametrize("descriptor", ["se_e2_a", "se_e2_r"])
@pytest.mark.parametrize("one_side", [False, True])
def test_both_backends_give_the_weights_of_the_source(tmp_path, exportable, descriptor, one_side):
    model = model_dict(Toy(descriptor=descriptor, one_side=one_side, n_fparam=1, n_aparam=2))
    expected = import_model(write_dp(tmp_path / "m.dp", model))

    spec = import_model(write_pt(tmp_path / "m.pt", model, exportable))

    assert same_models(spec, expected) and embedding_of(spec).type_one_side is one_side
    assert spec.min_neighbor_distance == 0.9 and spec.precision == "float64"
    assert np.array_equal(fitting_of(spec).fparam_shift, fitting_of(expected).fparam_shift)
    assert np.array_equal(fitting_of(spec).aparam_scale, fitting_of(expected).aparam_scale)


@both_backends
def test_excluded_atoms_are_those_of_the_settings(tmp_path, exportable):
    model = model_dict(Toy())
    model["atom_exclude_types"], model["pair_exclude_types"] = [1], [[0, 1]]

    spec = import_model(write_pt(tmp_path / "m.pt", model, exportable))

    (term,) = spec.terms
    assert term.atom_exclude_types == [1] and term.pair_exclude_types == [(0, 1)]


@pytest.mark.parametrize("infix", ["original_model.", "compiled_forward_lower._task_0.original_model."])
def test_the_wrapping_of_a_compiled_model_is_taken_off(tmp_path, infix):
    model = model_dict(Toy())
    expected = import_model(write_pt(tmp_path / "plain.pt", model, exportable=True))
    state = {f"model.Default.{infix}{name}": value for name, value in tensors_of(model, True).items()}

    spec = import_model(write_state(tmp_path / "m.pt", state, settings_of(model)))

    assert same_models(spec, expected)


def test_tensors_of_a_compiled_copy_do_not_replace_those_of_the_model(tmp_path):
    model = model_dict(Toy())
    expected = import_model(write_pt(tmp_path / "plain.pt", model, exportable=True))
    tensors = tensors_of(model, True)
    copies = {f"model.Default.compiled_forward_lower.{name}": value + 1 for name, value in tensors.items()}

    spec = import_model(write_state(tmp_path / "m.pt", named("Default", tensors) | copies, settings_of(model)))

    assert same_models(spec, expected)


# Settings -----------------------------------------------------------------------------------------


def test_settings_that_are_not_there_have_the_defaults_of_deepmd(tmp_path):
    model = model_dict(Toy(axis=4, neuron=[4, 8]))
    settings = settings_of(model)
    for key in ("rcut", "rcut_smth", "axis_neuron", "activation_function", "exclude_types", "type_one_side"):
        del settings["descriptor"][key]
    settings["fitting_net"] = {}
    path = write_state(tmp_path / "m.pt", named("Default", tensors_of(model, False)), settings)

    spec = import_model(path)

    environment = environment_of(spec)
    assert (environment.cutoff, environment.cutoff_smooth, descriptor_of(spec).axis_neuron) == (6.0, 0.5, 4)
    assert embedding_of(spec).networks[0][0].layers[0].activation == "tanh"
    assert fitting_of(spec).n_fparam == 0 and fitting_of(spec).networks[0].layers[0].activation == "tanh"
    assert spec.precision == "float64"


@both_backends
def test_one_fitting_net_may_serve_all_types(tmp_path, exportable):
    model = model_dict(Toy())
    nets = model["fitting"]["nets"]
    model["fitting"]["mixed_types"], nets["ndim"], nets["networks"] = True, 0, nets["networks"][:1]

    spec = import_model(write_pt(tmp_path / "m.pt", model, exportable))

    (network,) = fitting_of(spec).networks
    assert same_networks(network, fitting_of(import_model(write_dp(tmp_path / "m.dp", model))).networks[0])


@pytest.mark.parametrize("form", ["torch-checkpoint", "torchscript", "exported-program", "dpmodel-hdf5"])
def test_the_vector_of_a_head_and_default_parameters_are_kept(tmp_path, form):
    model = model_dict(Toy(n_fparam=3))
    model["fitting"].update(numb_fparam=1, dim_case_embd=2, default_fparam=[0.25])
    variables = model["fitting"]["@variables"]
    variables.update(case_embd=np.array([0.0, 1.0]), fparam_avg=np.array([0.5]), fparam_inv_std=np.array([2.0]))

    fitting = fitting_of(import_model(WRITERS[form](tmp_path, model)))

    assert np.array_equal(fitting.case_embedding, [0.0, 1.0])
    assert fitting.default_fparam == [0.25] and fitting.n_fparam == 1


# Heads --------------------------------------------------------------------------------------------


def two_heads():
    return {"water": model_dict(Toy(seed=1)), "copper": model_dict(Toy(seed=2, type_map=["Cu", "Zn"]))}


@both_backends
@pytest.mark.parametrize("head", ["water", "copper"])
def test_a_head_is_the_model_of_its_own_tensors(tmp_path, exportable, head):
    models = two_heads()
    expected = import_model(write_dp(tmp_path / "m.dp", models[head]))

    spec = import_model(write_multitask(tmp_path / "m.pt", models, exportable), head)

    other = next(name for name in models if name != head)
    assert spec.type_map == models[head]["type_map"] and same_models(spec, expected)
    assert spec.notes == [f"the head '{head}' of a multi-task checkpoint; others: '{other}'"]


def test_without_a_name_the_default_head_is_taken(tmp_path):
    models = two_heads()
    models["Default"] = model_dict(Toy(type_map=["A", "B"]))

    assert import_model(write_multitask(tmp_path / "m.pt", models)).type_map == ["A", "B"]
    del models["Default"]
    path = write_multitask(tmp_path / "m.pt", models, aliases={"copper": ["Default"]})
    assert import_model(path).type_map == ["Cu", "Zn"]


def test_an_only_head_needs_no_name(tmp_path):
    path = write_multitask(tmp_path / "m.pt", {"water": model_dict(Toy())})

    assert import_model(path).type_map == import_model(path, "water").type_map == ["O", "H"]
    assert import_model(path).notes == []


def test_without_a_name_and_a_default_the_heads_are_listed(tmp_path):
    path = write_multitask(tmp_path / "m.pt", two_heads())

    with pytest.raises(InputError, match=r"the heads 'water', 'copper'; choose one with --head NAME, or with head= in"):
        import_model(path)


def test_an_unknown_head_lists_those_that_are_there(tmp_path):
    path = write_multitask(tmp_path / "m.pt", two_heads(), aliases={"water": ["H2O", "wet"]})

    with pytest.raises(InputError, match=r"no head 'Water' in it; .*'water', 'copper', also called 'H2O', 'wet'"):
        import_model(path, "Water")


def test_the_heads_of_a_published_layout_are_listed(shared):
    with pytest.raises(InputError, match=r"no head 'liquid' in it; its heads are 'bulk', 'mol'"):
        import_model(shared / "models" / "dpa" / "dpa1_multitask.pt", "liquid")


def test_an_alias_names_its_head_and_never_another(tmp_path):
    aliases = {"water": ["H2O", "copper"], "copper": ["Cu"]}
    path = write_multitask(tmp_path / "m.pt", two_heads(), aliases=aliases)

    assert import_model(path, "H2O").type_map == ["O", "H"]
    assert import_model(path, "Cu").type_map == import_model(path, "copper").type_map == ["Cu", "Zn"]


def test_settings_that_heads_share_by_name_are_found(tmp_path):
    model = model_dict(Toy())
    settings = settings_of(model)
    shared = {"types": settings["type_map"], "slots": settings["descriptor"]}
    head = settings | {"type_map": "types", "descriptor": "slots:1"}
    params = {"model_dict": {"water": head, "ice": head}, "shared_dict": shared}
    state = named("water", tensors_of(model, False)) | named("ice", tensors_of(model, False))

    spec = import_model(write_state(tmp_path / "m.pt", state, params), "ice")

    assert same_models(spec, import_model(write_dp(tmp_path / "m.dp", model)))


def test_a_head_that_does_not_run_is_refused_by_its_kind_and_others_run(tmp_path):
    models = two_heads()
    models["copper"]["fitting"]["type"] = "dipole"
    path = write_multitask(tmp_path / "m.pt", models)

    assert import_model(path, "water").type_map == ["O", "H"]
    with pytest.raises(InputError, match="a dipole model is not supported; dpmd runs se_e2_a"):
        import_model(path, "copper")
    models["water"]["fitting"]["type"] = "dos"
    with pytest.raises(InputError, match=r"a density-of-states model \(dos\), a dipole model, in every head \('water'"):
        import_model(write_multitask(tmp_path / "m.pt", models))


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_of_one_model_has_no_heads(tmp_path, form):
    path = WRITERS[form](tmp_path, model_dict(Toy()))

    with pytest.raises(InputError, match=r"m\.\w+: head 'water': only a multi-task checkpoint \(\.pt\) has heads"):
        import_model(path, "water")


@pytest.mark.parametrize("heads", [{}, [], "water", {"water": None}, {"water": {}, 3: {}}])
def test_heads_that_are_no_settings_are_an_error(tmp_path, heads):
    path = write_state(tmp_path / "m.pt", {}, {"model_dict": heads})

    with pytest.raises(InputError, match="its model_dict does not hold the settings of heads"):
        import_model(path)


def test_a_head_without_tensors_is_an_error(tmp_path):
    model = model_dict(Toy())
    params = {"model_dict": {"water": settings_of(model), "ice": settings_of(model)}}
    path = write_state(tmp_path / "m.pt", named("water", tensors_of(model, False)), params)

    with pytest.raises(InputError, match=r"no tensors named model\.ice\."):
        import_model(path, "ice")
