"""Logs in by cookie, and opens a WebSocket, over TLS with an authority of the test's own, by requests and websocket-client.

tls.py URL AUTHORITY EMAIL PASSWORD   prints the cookie's name and whether it is for TLS alone, who is signed in, what the socket says
"""
import sys

import requests
import websocket

url, authority, email, password = sys.argv[1:]
with requests.Session() as session:
    session.verify = authority
    answer = session.post(url + "/api/auth/login", json={"email": email, "password": password, "cookie": True}, timeout=30)
    answer.raise_for_status()
    for cookie in session.cookies:
        print(cookie.name, cookie.secure)
    answer = session.get(url + "/api/me", timeout=30)
    answer.raise_for_status()
    print(answer.json()["email"])
socket = websocket.create_connection(
    url.replace("https:", "wss:") + "/socket.io/?EIO=4&transport=websocket", sslopt={"ca_certs": authority}, timeout=30)
print(socket.recv()[:6])
socket.close()
