"""What clerks use: their lists, the case page, tasks, batches."""
