"""A Flask handler around a torch model, as commonly written and run: python serve_flask.py PORT."""

import logging
import sys

import timm
import torch
from flask import Flask, jsonify, request
from PIL import Image

app = Flask(__name__)
model = timm.create_model("tf_efficientnet_lite0", num_classes=7).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))


@app.post("/predict")
def predict():
    image = Image.open(request.files["file"].stream).convert("RGB")
    with torch.no_grad():
        probs = model(transform(image)[None]).softmax(1)[0]
    return jsonify(label=int(probs.argmax()), probs=probs.tolist())


@app.get("/healthz")
def healthz():
    return {}


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
