"""What clients asked of the store, and which rules of the importer their requests break."""
