// socket.io-client behind the interface that README.md describes: the part that Node and a browser share.

"use strict";

// `report` gets each event as an object that JSON can say. The answer takes a command.
function makeDriver(io, report) {
  let socket = null;

  function toText(value) {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = value instanceof ArrayBuffer
        ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return { $bytes: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
    }
    return mapped(value, toText);
  }

  function fromText(value) {
    if (value && typeof value === "object" && Object.keys(value).join() === "$bytes") {
      return Uint8Array.from(atob(value.$bytes), (character) => character.charCodeAt(0));
    }
    return mapped(value, fromText);
  }

  function mapped(value, change) {
    if (Array.isArray(value)) return value.map(change);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, change(element)]));
    }
    return value;
  }

  function argumentsOf(command) {
    if ("args" in command) return fromText(command.args);
    return "data" in command ? [fromText(command.data)] : [];
  }

  function connect(command) {
    socket = io(command.url + (command.namespace ?? "/"), {
      autoConnect: false,
      forceNew: true,
      path: command.path ?? "/socket.io/",
      transports: command.transports ?? ["polling", "websocket"],
      auth: "token" in command ? { token: command.token } : command.auth,
      extraHeaders: command.headers,
      query: command.query,
      reconnection: command.reconnect ?? false,
      timeout: (command.timeout ?? 5) * 1000,
    });
    const own = socket;

    own.io.on("open", () => {
      own.io.engine.on("upgrade", (transport) => report({ event: "upgrade", transport: transport.name }));
    });
    own.on("connect", () => {
      report({ event: "connect", transport: own.io.engine.transport.name, sid: own.id });
    });
    own.on("connect_error", (error) => {
      // An error of the transport has a description, one of the server the payload's data.
      const refused = error.type !== "TransportError" && error.message !== "timeout";
      const payload = refused ? { message: error.message, ...("data" in error && { data: error.data }) } : null;
      report({ event: "connect_error", message: error.message, data: payload });
    });
    own.on("disconnect", (reason) => report({ event: "disconnect", reason }));
    own.onAny((name, ...values) => {
      const acknowledge = typeof values.at(-1) === "function" ? values.pop() : null;
      report({ event: "message", name, args: toText(values) });
      acknowledge?.(...values);
    });
    own.connect();
  }

  function emitWithAck(command) {
    socket.timeout((command.timeout ?? 5) * 1000).emit(command.event, ...argumentsOf(command), (error, ...values) => {
      report(error ? { event: "ack_timeout", id: command.id } : { event: "ack", id: command.id, args: toText(values) });
    });
  }

  return (command) => {
    try {
      if (command.do === "connect") return connect(command);
      if (!socket) throw new Error(`${command.do} before connect`);
      switch (command.do) {
        case "emit": return void socket.emit(command.event, ...argumentsOf(command));
        case "emitWithAck": return emitWithAck(command);
        case "disconnect": return void socket.disconnect();
        case "drop": return void socket.io.engine.close();
        default: throw new Error(`there is no command ${command.do}`);
      }
    } catch (error) {
      report({ event: "failed", message: String(error) });
    }
  };
}

if (typeof module !== "undefined") module.exports = { makeDriver };
