// RingCentral's @rc-ex/core and @rc-ex/ws: rc_ex.js SERVER ORDER COUNT
"use strict";

const { writeSync } = require("fs");
const { default: RingCentral } = require("@rc-ex/core");
const { default: WebSocketExtension } = require("@rc-ex/ws");

const [server, clientId, count] = process.argv.slice(2);
let missing = Number(count);

async function main() {
  const rc = new RingCentral({ server, clientId, clientSecret: "secret" });
  await rc.authorize({ jwt: "bench" });
  const extension = new WebSocketExtension();
  await rc.installExtension(extension);
  await extension.subscribe(["/restapi/v1.0/account/~/extension/~/presence"], (event) => {
    write(JSON.stringify(event) + "\n");
    if (--missing === 0) process.exit(0);
  });
}

// Straight to the descriptor: process.exit() would drop what a stream still holds.
function write(text) {
  let rest = Buffer.from(text);
  while (rest.length) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

main();
