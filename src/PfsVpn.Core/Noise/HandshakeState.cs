namespace PfsVpn.Noise;

/// <summary>What the handshake slot of a peer holds.</summary>
internal enum HandshakeState
{
    /// <summary>Nothing; no secret exists.</summary>
    None,

    /// <summary>Initiator: an initiation was created, its response is awaited. Ephemeral private key, C and H exist.</summary>
    InitiationSent,

    /// <summary>Responder: an initiation was accepted, the response is to be created. C and H exist.</summary>
    InitiationConsumed,

    /// <summary>Responder: the response was created; the session keys are to be derived. Only C exists.</summary>
    ResponseCreated,

    /// <summary>Initiator: the response was accepted; the session keys are to be derived. Only C exists.</summary>
    ResponseConsumed,
}
