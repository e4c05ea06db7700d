"""What is asked: the requirements of the feature files, and the schemas."""
