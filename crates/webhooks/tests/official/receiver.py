"""A receiver that believes what the official library believes: 204 for a verified message, 400 for any other."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            told = webhook.verify(body, dict(self.headers))
            status, word = 204, f"verified {self.headers['webhook-id']} {told['type']}"
        except WebhookVerificationError as error:
            status, word = 400, f"refused: {error}"
        self.send_response(status)
        self.send_header("connection", "close")
        self.end_headers()
        print(word, flush=True)

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
