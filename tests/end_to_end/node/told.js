// How the scripts talk with the test: one JSON object a line, and words on standard input.
"use strict";

const readline = require("node:readline");

exports.tell = (what, more = {}) => {
  process.stdout.write(JSON.stringify({ what, ...more }) + "\n");
};

exports.onWord = (words) => {
  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const act = words[line.trim()];
    if (act === undefined) {
      throw new Error(`no such word: ${line}`);
    }
    await act();
  });
};

exports.settings = () => ({
  server: process.env.RC_SERVER_URL,
  clientId: process.env.RC_APP_CLIENT_ID,
  clientSecret: process.env.RC_APP_CLIENT_SECRET,
});
