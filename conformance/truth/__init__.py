"""Sources of truth: what a store holds, by the control protocol, CS-Cart's REST API or a worksheet."""
