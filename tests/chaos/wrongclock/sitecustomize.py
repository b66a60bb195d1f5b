"""Python reads this at its start where the folder is on its path: the process has a time of its own.

WRONG_BY are the seconds that its clock is ahead.
"""

import os
from datetime import datetime, timedelta

import time_machine

shift = timedelta(seconds=float(os.environ["WRONG_BY"]))
time_machine.travel(datetime.now().astimezone() + shift, tick=True).start()
