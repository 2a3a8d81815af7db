"""What operators use: incidents, jobs, workers, adapters, holidays."""
