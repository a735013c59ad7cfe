"""The web site: the lessons as pages whose widgets are alive, the guide, the API, and a search."""

from .make import build as build

__all__ = ["build"]
