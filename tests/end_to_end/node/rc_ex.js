// @rc-ex/core and @rc-ex/ws: login, subscription, events, recovery, REST over the socket, revocation.
"use strict";

const { default: RingCentral } = require("@rc-ex/core");
const { default: WebSocketExtension, Events } = require("@rc-ex/ws");
const { onWord, settings, tell } = require("./told.js");

async function main() {
  const rc = new RingCentral(settings());
  await rc.authorize({ jwt: process.env.RC_USER_JWT });
  const extension = new WebSocketExtension({
    restOverWebSocket: true,
    autoRecover: { enabled: true, checkInterval: () => 100, pingServerInterval: 200 },
  });
  await rc.installExtension(extension);
  for (const name of ["autoRecoverSuccess", "autoRecoverFailed", "autoRecoverError"]) {
    extension.eventEmitter.on(Events[name], () => tell(name));
  }
  const subscription = await extension.subscribe(
    ["/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"],
    (event) => tell("event", { text: event.body.subject, uuid: event.uuid }),
  );
  tell("subscribed", { id: subscription.subscriptionInfo.id });
  onWord({
    rest: async () => {
      const me = await rc.restapi().account().extension().get();
      tell("rest", { email: me.contact.email });
    },
    refresh: async () => {
      await subscription.refresh();
      tell("refreshed", { id: subscription.subscriptionInfo.id });
    },
    logout: async () => {
      // As RingCentral's own test does it: the subscription is deleted over the socket after the logout.
      await rc.revoke();
      await extension.revoke();
      tell("revoked");
      process.exit(0);
    },
    quit: async () => {
      await extension.revoke();
      await rc.revoke();
      tell("revoked");
      process.exit(0);
    },
  });
}

main();
