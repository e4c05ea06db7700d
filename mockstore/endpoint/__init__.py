"""The add-on's endpoint: one URL, two actions, cut into steps that can be replaced one by one."""
