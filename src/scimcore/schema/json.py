"""The JSON values that requests, schemas and resources are made of."""

from typing import Union

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]
JsonObject = dict[str, Json]
