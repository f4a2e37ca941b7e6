"""Follows the events of a server with sseclient-py until they end.

events.py URL TOKEN    writes one JSON object a line: {"id": …, "event": …, "data": …}
"""

import json
import sys

import requests
import sseclient

url, token = sys.argv[1:]
answer = requests.get(url, headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}, stream=True)
answer.raise_for_status()
for event in sseclient.SSEClient(answer).events():
    print(json.dumps({"id": event.id, "event": event.event, "data": json.loads(event.data)}), flush=True)
