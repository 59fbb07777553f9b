"""What people look at: web maps, print maps, the bid pack and the board page. Prints, never computes."""
