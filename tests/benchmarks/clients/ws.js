// The ws package, JSON.parse, a line for each event: ws.js URL
"use strict";

const WebSocket = require("ws");

const ws = new WebSocket(process.argv[2], { perMessageDeflate: false });
ws.on("message", (data) => {
  const [meta, payload] = JSON.parse(data);
  if (meta.type === "ServerNotification") process.stdout.write(JSON.stringify(payload) + "\n");
});
