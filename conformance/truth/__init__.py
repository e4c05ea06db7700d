"""Sources of truth. They give a store's own records: the control protocol, CS-Cart's REST API, and a worksheet."""
