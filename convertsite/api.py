"""The HTTP API, from the apps' routers."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from conversions.api import conversions, downloads, events, formats, problems
from conversions.api.auth import Bearer, Session


class Api(NinjaAPI):
    """django-ninja's API, described as it answers: errors are problem documents."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function, whatever module it stands in."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description after OpenAPI."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
        return schema


api = Api(
    title="Convertsite",
    version="1",
    description="Convert files. Every error is a problem document (RFC 9457) with a `code` and a `suggestion`.",
    urls_namespace="api",
    docs=Swagger(settings={"validatorUrl": None}),  # no request to another host
    auth=[Bearer(), Session()],
)
for router in (conversions.router, downloads.router, events.router, formats.router):
    api.add_router("", router)
problems.add_handlers(api)
