"""What a newcomer sees first: a small release that goes the whole way, with two faults on purpose."""
