"""Listens to what Chromium reports of the web admin's policy: nothing, on any page.

policy.py URL     takes {"super_admin": [email, password], "employee": [email, password], ...} on standard input

The pages come through a proxy that adds to their policy where to report to: this program, at the same origin. At the end
something is done that the policy refuses, to show that it would have been heard. Writes a line for each complaint, then how many
pages were opened; ends with 1 when there is a complaint.
"""

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from admin import PAGES, Complaints, chromium, new_page, settle, sign_in
from playwright.sync_api import sync_playwright

PLACE = "/reports-of-the-policy"


class Direct(urllib.request.HTTPRedirectHandler):
    """What the server says goes on as it is."""

    def redirect_request(self, *_):
        return None


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target, heard = "", []
    opener = urllib.request.build_opener(Direct, urllib.request.ProxyHandler({}))

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        if self.path == PLACE:
            self.heard.append(json.loads(body))
            return self.answer(204, [], b"")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "accept-encoding")}
        request = urllib.request.Request(self.target + self.path, body, headers, method=self.command)
        try:
            answer = self.opener.open(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            fields = [(name, f"{value}; report-uri {PLACE}" if name.lower() == "content-security-policy" else value)
                      for name, value in answer.headers.items() if name.lower() not in ("content-length", "transfer-encoding", "connection")]
            if answer.headers.get_content_type() == "text/event-stream":
                return self.follow(answer, fields)
            self.answer(answer.status, fields, answer.read())

    do_HEAD = do_POST = do_PATCH = do_DELETE = do_GET

    def answer(self, status, fields, body):
        self.send_response(status)
        for field in fields:
            self.send_header(*field)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def follow(self, answer, fields):
        self.close_connection = True
        self.send_response(200)
        for field in fields:
            self.send_header(*field)
        self.end_headers()
        try:
            while chunk := answer.read1(65536):
                self.wfile.write(chunk)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A browser that has gone on does not want the rest."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(*_)


def main():
    Proxy.target, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    complaints = Complaints()
    server = Server(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for role in ["super_admin", "employee"]:
            page = new_page(browser)
            sign_in(page, url, accounts[role])
            for path in PAGES[role]:
                complaints.count += 1
                page.goto(url + path)
                settle(page)
        policy = page.goto(url).header_value("content-security-policy")
        if not policy.endswith(PLACE):
            complaints.add("policy", f"says nothing of where to report to: {policy}")
        settle(page)
        for report in Proxy.heard:
            complaints.add("report", report)
        Proxy.heard.clear()
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        end = time.monotonic() + 10
        while not Proxy.heard and time.monotonic() < end:
            page.wait_for_timeout(50)
        told = [report["csp-report"]["effective-directive"] for report in Proxy.heard]
        if told != ["style-src-attr"]:
            complaints.add("report", f"what is refused is not heard, but {told}")
        browser.close()
    return complaints.finish("pages of which nothing was reported")


sys.exit(main())
