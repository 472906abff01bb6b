"""What a provider may do, one verb a file: permissions, clean, one service call."""
