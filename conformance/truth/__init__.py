"""What a store holds, from whoever can say: the control protocol, CS-Cart's REST API, a worksheet."""
