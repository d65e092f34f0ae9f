"""Reads exports with json.loads and prints their events so that nothing is lost on the way to
JavaScript: integers as strings, attributes as pairs. Raises where a time is not an int."""
import json
import sys


def flatten(event):
    for name in ("timestamp_ns", "duration_ns"):
        if type(event[name]) is not int:
            raise TypeError(f"{name} is {type(event[name]).__name__}")
        event[name] = str(event[name])
    event["attributes"] = list(event["attributes"].items())
    return event


documents = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        document = json.loads(file.read())
    documents.append(
        {"metadata": document["metadata"], "events": [flatten(event) for event in document["events"]]}
    )
json.dump(documents, sys.stdout)
