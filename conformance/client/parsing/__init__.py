"""Parses replies as ShipStation would: accepts every form that the contract allows. Sends nothing."""
