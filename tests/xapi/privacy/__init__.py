"""Tests of export, erasure and retention in the record store."""
