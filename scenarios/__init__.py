"""What we should do: siting models, criteria, ranking, appraisal and the three scenarios."""
