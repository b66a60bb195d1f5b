"""What a file asks of each kind of row, compared with what is stored; nothing is written here."""
