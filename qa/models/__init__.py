"""What is learned: the ranker-reader and other rankers, and which weights there are."""
