"""Measurements that the documents quote; each runs by itself: python -m benchmarks.<name>."""
