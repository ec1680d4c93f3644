"""The JSON values that requests, schemas and resources are made of."""

from typing import Union

#: A JSON value, as `json.loads` returns it.
Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]
#: A JSON object.
JsonObject = dict[str, Json]
