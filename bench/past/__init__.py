"""A client's recorded days, as many events as one likes, and a backtest of its rules over them."""
