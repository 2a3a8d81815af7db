"""The studio: where analysts draw procedures, try them out and publish them."""
