"""What a later run needs: the state of ``--resume``, unprinted events, and the subscriptions made.

`tail/` opens a `RunState` (run_state.py) and reports to its recorder: `ResumeRecorder` stores the
state, `NoResume` stores nothing. Both record subscriptions in the journal. Files are read and
written through `system/`; `tail/`, `doctor/` and `cli/` may import this room. Begin with
recorder.py, then resume_state.py for the format of a state file.
"""
