"""An installation of some age: a run log is filled, then its pages, export and purge are measured."""
