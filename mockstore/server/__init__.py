"""The aiohttp application that serves a store: embedded in another program, in one process, or in several."""
