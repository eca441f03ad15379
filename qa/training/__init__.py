"""Training of the reader: published question sets in, an int8 ONNX reader out.  `python -m qa.training --help`.

Needs the `training` extra; nothing else of the project imports it.
"""
