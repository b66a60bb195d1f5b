"""The hands: what is owed to vendors is planned, claimed, sent and settled here."""
