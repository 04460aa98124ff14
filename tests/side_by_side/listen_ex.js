// RingCentral's @rc-ex/ws, as its README drives it: prints the id of each event.
"use strict";

const { default: RingCentral } = require("@rc-ex/core");
const { default: WebSocketExtension } = require("@rc-ex/ws");

async function main() {
  const rc = new RingCentral({
    server: process.env.RC_SERVER_URL,
    clientId: process.env.RC_APP_CLIENT_ID,
    clientSecret: process.env.RC_APP_CLIENT_SECRET,
  });
  await rc.authorize({ jwt: process.env.RC_USER_JWT });
  const extension = new WebSocketExtension();
  await rc.installExtension(extension);
  await extension.subscribe(
    ["/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"],
    (event) => console.log(event.body.id),
  );
}

main();
