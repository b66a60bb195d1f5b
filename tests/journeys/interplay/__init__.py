"""All recipes together on one person, against the fake vendors."""
