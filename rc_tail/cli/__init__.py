"""What a person types: one thin Typer command a file."""
