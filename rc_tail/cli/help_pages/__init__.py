"""The pages of ``rc-tail help``: exit statuses, filters, recipes, the simulator.

Begin with `topics`, the table of pages. `statuses` has the meaning of every exit status, `pages` its
causes and what to do. ``cli/help.py`` prints the pages, ``cli/systemd.py`` reads which statuses
forbid a restart, and the README's table of statuses is generated from here.
"""
