"""A FastAPI handler around a torch model, as commonly written: python serve_fastapi.py PORT [WORKERS]."""

import io
import sys

import timm
import torch
import uvicorn
from fastapi import FastAPI, UploadFile
from PIL import Image

app = FastAPI()
model = timm.create_model("tf_efficientnet_lite0", num_classes=7).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))


@app.post("/predict")
async def predict(file: UploadFile):
    image = Image.open(io.BytesIO(await file.read())).convert("RGB")
    with torch.no_grad():
        probs = model(transform(image)[None]).softmax(1)[0]
    return {"label": int(probs.argmax()), "probs": probs.tolist()}


@app.get("/healthz")
def healthz():
    return {}


if __name__ == "__main__":
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    uvicorn.run("serve_fastapi:app", host="127.0.0.1", port=int(sys.argv[1]), workers=workers, log_level="warning")
