// @rc-ex/core, over HTTP: calls that cause events.
"use strict";

const { default: RingCentral } = require("@rc-ex/core");
const { onWord, settings, tell } = require("./told.js");

async function main() {
  const rc = new RingCentral(settings());
  await rc.authorize({ jwt: process.env.RC_USER_JWT });
  const me = rc.restapi().account().extension();
  const myself = { extensionId: rc.token.owner_id };
  const from = { phoneNumber: "+16505550101" };
  let last;
  const sent = (message) => {
    last = message.id.toString();
    tell("sent", { id: last, type: message.type });
  };
  tell("ready");
  onWord({
    pager: async () =>
      sent(await me.companyPager().post({ from: myself, to: [myself], text: "Hello world" })),
    sms: async () => sent(await me.sms().post({ from, to: [from], text: "to myself" })),
    mms: async () => {
      const attachments = [{ filename: "cat.png", content: "PNG", contentType: "image/png" }];
      sent(await me.mms().post({ from, to: [from], attachments }));
    },
    presence: async () => {
      await me.presence().put({ userStatus: "Busy", message: "Hello world" });
      tell("presence", await me.presence().get());
    },
    read: async () => tell("read", await me.messageStore(last).put({ readStatus: "Unread" })),
    delete: async () => {
      await me.messageStore(last).delete();
      tell("deleted", { left: (await me.messageStore().list()).records.length });
    },
    sync: async () => {
      const calls = await me.callLogSync().get({ syncType: "FSync", recordCount: 5 });
      const messages = await me.messageSync().get({ syncType: "FSync" });
      const { syncToken } = messages.syncInfo;
      const more = await me.messageSync().get({ syncType: "ISync", syncToken });
      tell("sync", {
        calls: calls.records.length,
        messages: messages.records.length,
        more: more.records.length,
      });
    },
    refused: async () => {
      const failed = await me.sms().post({ text: "Hello world" }).catch((error) => error);
      tell("refused", { status: failed.response.status, body: failed.response.data });
    },
    refresh: async () => {
      const before = rc.token.access_token;
      await rc.refresh();
      tell("refreshed", { renewed: rc.token.access_token !== before });
    },
    quit: async () => {
      await rc.revoke();
      tell("revoked");
      process.exit(0);
    },
  });
}

main();
