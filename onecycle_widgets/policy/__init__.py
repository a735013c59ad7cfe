"""The 1cycle policy as a value, torch's scheduler of it, and the schedules it is compared with."""
