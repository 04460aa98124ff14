// @ringcentral/sdk and @ringcentral/subscriptions: login, subscription, events, logout.
"use strict";

const { SDK } = require("@ringcentral/sdk");
const { Subscriptions } = require("@ringcentral/subscriptions");
const { onWord, settings, tell } = require("./told.js");

async function main() {
  const sdk = new SDK(settings());
  const platform = sdk.platform();
  await platform.login({ jwt: process.env.RC_USER_JWT });
  const subscription = new Subscriptions({ sdk }).createSubscription();
  subscription.on(subscription.events.notification, (event) =>
    tell("event", { text: event.body.subject, uuid: event.uuid }),
  );
  await subscription
    .setEventFilters(["/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS"])
    .register();
  tell("subscribed");
  onWord({
    rest: async () => {
      const answer = await platform.get("/restapi/v1.0/account/~/extension/~");
      tell("rest", { email: (await answer.json()).contact.email });
    },
    quit: async () => {
      await platform.logout();
      tell("revoked");
      process.exit(0);
    },
  });
}

main();
