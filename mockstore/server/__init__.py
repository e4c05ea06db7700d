"""The aiohttp application: the store over HTTP, in one process or several, with scripted faults."""
