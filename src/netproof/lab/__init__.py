"""The lab: the whole site as network namespaces on one machine."""
