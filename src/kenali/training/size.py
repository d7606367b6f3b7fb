"""How many numbers a recipe trains or ships."""

from __future__ import annotations

from kenali.bundle.graph import count_parameters
from kenali.models.backbones import load_backbone
from kenali.models.networks import parameters_of
from kenali.models.pretrained import network_spec
from kenali.training.choices import HeadRecipe, NetworkRecipe, Recipe


def parameters_of_recipe(recipe: Recipe, n_classes: int = 2) -> int:
    """Parameters of the recipe's model for `n_classes`; for a frozen backbone those of its folded graph and the head."""
    if isinstance(recipe, NetworkRecipe):
        spec = network_spec(recipe.network)
        return parameters_of(spec.build(spec.outputs(n_classes)))
    assert isinstance(recipe, HeadRecipe)
    backbone = load_backbone(recipe.backbone)
    return count_parameters(backbone.onnx_path.read_bytes()) + n_classes * (backbone.spec.features + 1)
