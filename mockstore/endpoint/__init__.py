"""The add-on's endpoint: how a store answers an export or a shipment notification.

The answer is made in steps. Each step is a function that a profile, a variant or a defect can replace.
"""
